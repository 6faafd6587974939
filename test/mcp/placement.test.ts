import { ExecClient } from '@exec-server/client';
import { EnvironmentUnavailableError, type Places, placeServer } from '@exec-server/mcp';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { ScriptedServer } from '../harness/scripted-server.js';
import { suite } from '../harness/test.js';

const test = suite('placement');

/** A client that could be of anywhere. */
const connectAnywhere = (): Promise<ExecClient> => ExecClient.connect(new ScriptedServer().openChannel);

function placesWith(executors: Readonly<Record<string, unknown>>, more: Partial<Places> = {}): Places {
  return { names: Object.keys(executors), defaultName: null, local: 'allowed', lookup: (name) => executors[name] as ExecClient, ...more };
}

const server = (environment: string, transport: 'stdio' | 'http' = 'stdio') => ({ name: 'files', environment, transport });

function refusal(environment: string, places: Places, transport: 'stdio' | 'http' = 'stdio'): EnvironmentUnavailableError {
  try {
    placeServer(server(environment, transport), places);
  } catch (error) {
    if (error instanceof EnvironmentUnavailableError) return error;
    throw error;
  }
  throw new Error('it was placed');
}

test('M4: an environment is a name: a server goes to the executor that has it', async () => {
  await using build = await connectAnywhere();
  await using tests = await connectAnywhere();
  const places = placesWith({ build, test: tests });
  assert.is(placeServer(server('build'), places).client, build);
  assert.is(placeServer(server('test', 'http'), places).client, tests);
  assert.equal(placeServer(server('local'), places), { environment: 'local', client: null });
});

test('M2: what is to run elsewhere never runs here: every other case is an error that names server and environment', async () => {
  await using host = createExecServer();
  await using inProcess = await ExecClient.connect(async () => host.connect());
  const closed = await connectAnywhere();
  await closed.close();
  const cases: readonly (readonly [executors: Readonly<Record<string, unknown>>, words: RegExp])[] = [
    [{}, /there is no such environment; there are none/],
    [{ test: closed }, /there is no such environment; there is "test"/],
    [{ build: undefined }, /there is no such environment/],
    [{ build: null }, /is no executor/],
    [{ build: 'ws://127.0.0.1:1' }, /is no executor/],
    [{ build: { state: 'ready', processes: {} } }, /is no executor/],
    [{ build: new Error('cannot connect to ws://x') }, /cannot connect to ws:\/\/x/],
    [{ build: closed }, /the connection to it is closed/],
    [{ build: inProcess }, /its executor is this process: that is local/],
  ];
  for (const [executors, words] of cases) {
    for (const transport of ['stdio', 'http'] as const) {
      const error = refusal('build', placesWith(executors), transport);
      assert.match(error.message, words);
      assert.equal([error.server, error.environment], ['files', 'build']);
    }
  }
});

test('M2: the executor that stands for this machine is no other one, even when it is reached over a network', async () => {
  await using mine = await connectAnywhere();
  assert.match(refusal('build', placesWith({ build: mine }, { local: mine })).message, /that is local/);
});

test('names of objects are no environments', () => {
  for (const name of ['constructor', '__proto__', 'toString']) assert.match(refusal(name, placesWith({})).message, /no such environment/);
});

const placeRemote = (places: Places) => placeServer(server('remote'), places);

test('`remote` is the executor of that name, or the default, or the only one', async () => {
  await using one = await connectAnywhere();
  await using two = await connectAnywhere();
  assert.equal(placeRemote(placesWith({ one })), { environment: 'one', client: one });
  assert.equal(placeRemote(placesWith({ one, two }, { defaultName: 'two' })), { environment: 'two', client: two });
  assert.equal(placeRemote(placesWith({ one, remote: two }, { defaultName: 'one' })), { environment: 'remote', client: two });
  assert.match(refusal('remote', placesWith({ one, two })).message, /none is the default; there is "one", "two"/);
  assert.match(refusal('remote', placesWith({})).message, /none is the default; there are none/);
  assert.match(refusal('remote', placesWith({ one }, { defaultName: 'gone' })).message, /there is no such environment/);
});

test('a local program is refused where programs are not run here; requests from here are none', async () => {
  assert.match(refusal('local', placesWith({}, { local: 'disabled' })).message, /not run on this machine/);
  assert.is(placeServer(server('local', 'http'), placesWith({}, { local: 'disabled' })).client, null);
  await using mine = await connectAnywhere();
  assert.is(placeServer(server('local'), placesWith({}, { local: mine })).client, mine);
  assert.is(placeServer(server('local', 'http'), placesWith({}, { local: mine })).client, null);
});
