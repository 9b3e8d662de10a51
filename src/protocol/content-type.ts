/** The two encodings of a message. A reader accepts both. */
export const CONTENT_TYPES = ['application/json', 'application/msgpack'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];
