/** The little of two frameworks without types of their own that the tests use. */
declare module 'express' {
  import type { RequestListener } from 'node:http';
  type Handler = (request: unknown, response: { send(text: string): void; status(code: number): { send(text: string): void } }) => void;
  interface App {
    (...args: Parameters<RequestListener>): void;
    use(handler: unknown): void;
    get(path: string, handler: Handler): void;
  }
  export default function express(): App;
}

declare module 'koa' {
  import type { RequestListener } from 'node:http';
  export default class Koa {
    silent: boolean;
    use(handler: (context: KoaContext, next: () => Promise<unknown>) => unknown): void;
    callback(): RequestListener;
  }
  interface KoaContext {
    readonly req: Parameters<RequestListener>[0];
    readonly res: Parameters<RequestListener>[1];
    readonly path: string;
    body: string;
  }
}
