/** The XML of the query protocol: objects as elements, lists as `member`s. */
export type XmlValue = string | number | boolean | readonly XmlValue[] | { readonly [key: string]: XmlValue | undefined };

const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';

export function resultXml(action: string, value: XmlValue): string {
  const result = `<${action}Result>${xml(value)}</${action}Result>`;
  return `<${action}Response xmlns="${NAMESPACE}">${result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;
}

export function errorXml(code: string, message: string): string {
  const error = xml({ Type: 'Sender', Code: code, Message: message });
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error>${error}</Error><RequestId>r</RequestId></ErrorResponse>`;
}

function xml(value: XmlValue): string {
  if (Array.isArray(value)) return value.map((item: XmlValue) => `<member>${xml(item)}</member>`).join('');
  if (typeof value !== 'object') return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([key, child]) => `<${key}>${xml(child as XmlValue)}</${key}>`)
    .join('');
}
