import type { SeededRandom } from '#cli/testing/seeded-random.js';

/** Values that parsers and checks have stumbled over. */
const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53 + 2,
  '',
  'p1',
  '\u0000',
  '\ud800',
  'x'.repeat(5_000),
  'file:///',
  'file://host/%00',
  '%%%',
  '====',
  [],
  {},
  [[[[[[[[]]]]]]]],
  { __proto__: 1, constructor: 2 },
];

const start = (processId: string) => ({
  processId,
  argv: ['/bin/true'],
  cwd: 'file:///',
  env: {},
  tty: false,
  pipeStdin: true,
  envPolicy: { inherit: 'none', ignoreDefaultExcludes: true, exclude: ['*'], set: {}, includeOnly: [] },
});

/** Well-formed requests, to be spoilt. Nothing but `true` is ever run. */
const requests: readonly ((processId: string) => readonly [string, unknown])[] = [
  (processId) => ['process/start', start(processId)],
  (processId) => ['process/read', { processId, afterSeq: 0, maxBytes: 10, waitMs: 0 }],
  (processId) => ['process/write', { processId, chunk: 'aGkK', writeId: 'w' }],
  (processId) => ['process/closeStdin', { processId, writeId: 'e' }],
  (processId) => ['process/signal', { processId, signal: 'interrupt' }],
  (processId) => ['process/terminate', { processId }],
  (processId) => ['process/resize', { processId, rows: 1, cols: 1 }],
  () => ['process/list', {}],
  () => ['environment/info', null],
  () => ['environment/status', null],
  () => ['server/status', null],
  () => ['initialize', { clientName: 'again', resumeSessionId: 'not-a-session' }],
];

/** Puts an odd value somewhere into a value; the program of a start stays what it is. */
function spoil(value: unknown, random: SeededRandom): unknown {
  if (typeof value !== 'object' || value === null || random.next() < 0.2) return random.pick(odd);
  const entries = Object.entries(value);
  if (entries.length === 0) return random.pick(odd);
  const [name, inner] = random.pick(entries);
  if (random.next() < 0.15) return Object.fromEntries(entries.filter(([other]) => other !== name));
  const spoilt = name === 'argv' ? random.pick([[], null, ['/bin/true', 5], ['/no/such'], 'x']) : spoil(inner, random);
  return Array.isArray(value) ? value.with(Number(name), spoilt) : { ...value, [name]: spoilt };
}

/** A message that is nearly one of ours. Never one that rightly ends the connection, unless it is spoilt as text. */
export function nearlyMessage(random: SeededRandom): string {
  const [method, params] = random.pick(requests)(`p${random.between(0, 20)}`);
  const id = random.next() < 0.1 ? random.pick(odd) : random.between(0, 1_000_000);
  const text = JSON.stringify({ id, method, params: random.next() < 0.7 ? spoil(params, random) : params });
  return random.next() < 0.9 ? text : spoilText(text, random);
}

/** Cut off, doubled, nested or with other characters in it. */
function spoilText(text: string, random: SeededRandom): string {
  const at = random.between(0, text.length);
  switch (random.between(0, 4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text + text;
    case 2:
      return '['.repeat(random.between(1, 300)) + text;
    case 3:
      return text.replace('{', '{"id":1,');
    default:
      return text.slice(0, at) + String.fromCharCode(random.between(0, 0xffff)) + text.slice(at);
  }
}

/** A frame of a client, masked with zeros (RFC 6455, section 5.2). */
export function frame(payload: Uint8Array, opcode = 1, first = 0x80 | opcode): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  head[0] = first;
  if (length < 126) head[1] = 0x80 | length;
  else if (length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** A frame with anything wrong: reserved bits, opcodes that are none, lengths that lie, pieces of messages, or mere bytes. */
export function oddFrame(random: SeededRandom): Buffer {
  const payload = Buffer.from(nearlyMessage(random));
  const whole = frame(payload, 1, random.between(0, 255));
  const kind = random.between(0, 3);
  if (kind === 0) return whole;
  if (kind === 1) return whole.subarray(0, random.between(0, whole.length));
  if (kind === 2) return Buffer.from(Array.from({ length: random.between(1, 200) }, () => random.between(0, 255)));
  whole[random.between(0, Math.min(13, whole.length - 1))] = random.between(0, 255);
  return whole;
}
