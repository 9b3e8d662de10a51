/**
 * Loaded before a program: its connections to the ports in CHAOS_ROUTES go through its own proxies, whoever told it of the port. So a
 * client that asks a Sentinel where the master is has a link of its own to it.
 */
import { Socket } from 'node:net';

const routes = JSON.parse(process.env['CHAOS_ROUTES'] ?? '{}') as Readonly<Record<string, number>>;
const connect = Socket.prototype.connect;

function route(this: Socket, ...args: unknown[]): Socket {
  // `net.connect` hands on what it was given as one array.
  const [first] = args;
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'object' && options !== null && 'port' in options) {
    const port = routes[String(options.port)];
    if (port !== undefined) options.port = port;
  }
  return Reflect.apply(connect, this, args);
}

Socket.prototype.connect = route;
