/**
 * Whether a URI fits a template (RFC 6570), as far as that can be told without knowing the values: what stands between
 * the expressions has to be there, in order. Takes time in proportion to the two, whatever they are.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const parts = template.split(/(\{[^{}]*\})/); // literals and expressions in turn
  const first = parts[0] ?? '';
  if (parts.length === 1) return uri === template;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (let index = 1; index < parts.length; index += 2) {
    const literal = parts[index + 1] ?? '';
    const isLast = index + 2 >= parts.length;
    const end = isLast ? uri.length - literal.length : literal === '' ? at : uri.indexOf(literal, at);
    if (end < at || (isLast && !uri.endsWith(literal))) return false;
    if (!mayStandFor((parts[index] ?? '').slice(1, -1), uri.slice(at, end))) return false;
    at = end + literal.length;
  }
  return at === uri.length;
}

/** An expression stands for anything without a slash, unless its operator or a star allows one. */
function mayStandFor(expression: string, value: string): boolean {
  const operator = /^[+#./;?&]/.exec(expression)?.[0] ?? '';
  if (operator === '+' || operator === '#' || expression.endsWith('*')) return true;
  if (operator === '/') return !/[?#]/.test(value);
  if (operator === '?' || operator === '&') return value === '' || value.startsWith(operator);
  return !/[/?#]/.test(value);
}
