import { dirname, join, normalize } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { packageOf, readRoom, type Source } from './sources.js';

const test = suite('imports');

/** Who may import whom: see docs/architecture.md, "Who may import whom". */
const rooms: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['@exec-server/protocol'],
  server: ['@exec-server/protocol'],
  mcp: ['@exec-server/protocol', '@exec-server/client'],
  cli: ['@exec-server/protocol', '@exec-server/client', '@exec-server/server', '@exec-server/mcp'],
};

/** One package, one door: the only files that load a third-party package. */
const doors: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  protocol: { zod: ['protocol/methods/'] },
  client: { ws: ['client/transport/websocket-channel.ts'] },
  server: {
    ws: ['server/listen/http-listener.ts'],
    'json-rpc-2.0': ['server/connection/dispatcher.ts'],
    'p-limit': ['server/connection/request-slots.ts'],
    jose: ['server/auth/jwt.ts'],
    pino: ['server/telemetry/logger.ts'],
    'prom-client': ['server/telemetry/metrics.ts'],
    'smol-toml': ['server/environment/toml.ts'],
    undici: ['server/http/line.ts'],
    which: ['server/process/program.ts'],
    'node-pty': ['server/process/pty-binding.ts'],
    zod: [],
  },
  mcp: {
    '@modelcontextprotocol/client': ['mcp/sdk.ts'],
    'smol-toml': ['mcp/config/config-text.ts'],
    zod: ['mcp/config/schema.ts'],
    undici: ['mcp/gateway/local-fetch.ts'],
    'eventsource-parser': ['mcp/gateway/upstream/event-reader.ts'],
  },
  cli: { commander: ['cli/main.ts', 'cli/options.ts', 'cli/mcp-limits.ts', 'cli/commands/'] },
};

/** Rooms within the server: what each may import besides itself. Files at the top are named as they are. */
const serverFolders: Readonly<Record<string, readonly string[]>> = {
  telemetry: ['own-require'],
  auth: [],
  environment: ['handler', 'telemetry'],
  process: ['handler', 'buffer-pool', 'content-frames', 'json-pieces', 'os-error', 'own-require', 'restrictions', 'telemetry'],
  http: ['handler', 'content-frames', 'os-error', 'own-require', 'telemetry'],
  fs: ['handler', 'buffer-pool', 'json-pieces', 'os-error', 'restrictions', 'telemetry'],
  capability: ['handler', 'restrictions', 'fs'],
  session: ['handler', 'content-frames', 'telemetry', 'process'],
  connection: ['handler', 'telemetry', 'session', 'process', 'http', 'fs', 'capability', 'environment'],
  listen: ['auth', 'telemetry'],
};

const clientFolders: Readonly<Record<string, readonly string[]>> = {
  transport: ['errors'],
  connection: ['errors'],
  session: ['errors', 'connection'],
  flow: [],
  process: ['errors', 'session', 'flow'],
  environment: ['errors', 'session'],
  http: ['errors', 'session', 'flow'],
  fs: ['errors', 'session'],
  faces: ['errors', 'exec-client', 'process', 'http', 'fs'],
};

/** Parts of the client that need Node; the rest runs in a browser. */
const nodeOnly = [
  'client/node.ts',
  'client/transport/',
  'client/faces/child-process.ts',
  'client/faces/file-streams.ts',
  'client/faces/signal-names.ts',
  'client/faces/brotli.ts',
];

function breaches(sources: readonly Source[], isBreach: (source: Source, from: string, isType: boolean) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports.filter(({ from, isType }) => isBreach(source, from, isType)).map(({ from }) => `${source.path} imports ${from}`),
  );
}

for (const [room, allowed] of Object.entries(rooms)) {
  test(`${room} imports the rooms it may, and opens packages at their doors only`, () => {
    const own = room === 'cli' ? 'exec-server' : `@exec-server/${room}`;
    const sources = readRoom(room);
    assert.ok(sources.length > 5, 'the sources were found');
    const found = breaches(sources, ({ path }, from, isType) => {
      const name = packageOf(from);
      if (name === null || name === 'node:' || allowed.includes(name)) return false;
      if (name === own || name.startsWith('@exec-server/')) return true;
      const files = doors[room]?.[name];
      return files === undefined || (!isType && !files.some((file) => path.startsWith(file)));
    });
    assert.equal(found, []);
  });
}

test('protocol and the neutral half of the client need no Node', () => {
  const sources = [...readRoom('protocol'), ...readRoom('client')].filter(({ path }) => !nodeOnly.some((part) => path.startsWith(part)));
  assert.equal(
    breaches(sources, (_, from) => packageOf(from) === 'node:'),
    [],
  );
  const words = sources.filter(
    ({ path, text }) => path !== 'protocol/bytes.ts' && /\b(?:Buffer|process\.(?:env|nextTick|hrtime))\b/.test(text),
  );
  assert.equal(
    words.map(({ path }) => path),
    [],
  );
});

test('only the schemas half of the protocol needs the validator', () => {
  const sources = readRoom('protocol').filter(({ path }) => !/\/methods\/|\/schemas\.ts$|params-check/.test(path));
  assert.equal(
    breaches(sources, (_, from, isType) => !isType && (packageOf(from) === 'zod' || from.includes('/methods/'))),
    [],
  );
});

for (const [room, folders] of Object.entries({ server: serverFolders, client: clientFolders })) {
  test(`inside ${room} imports run in one direction`, () => {
    const found = breaches(readRoom(room), ({ path }, from, isType) => {
      const folder = path.split('/')[1] ?? '';
      const allowed = folders[folder];
      if (allowed === undefined || !from.startsWith('.')) return false; // files at the top see everything
      const target =
        normalize(join(dirname(path), from))
          .split('/')[1]
          ?.replace(/\.js$/, '') ?? '';
      const isOptionsType = isType && target === 'options';
      return target !== folder && !allowed.includes(target) && !isOptionsType;
    });
    assert.equal(found, []);
  });
}
