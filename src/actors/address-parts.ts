/** `<kind>:<pool>` or `<kind>:<pool>/<rest>`, taken apart. */
export function readPoolAddress(address: string): { readonly pool: string; readonly rest: string | undefined } {
  const body = address.slice(address.indexOf(':') + 1);
  const slash = body.indexOf('/');
  return slash < 0 ? { pool: body, rest: undefined } : { pool: body.slice(0, slash), rest: body.slice(slash + 1) };
}
