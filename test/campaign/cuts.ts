import { createHash, type Hash } from 'node:crypto';
import { connect, type ExecClient, type RemoteProcess, type StreamName } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { type Campaign, type CampaignOptions, inLanes, Tally } from './campaign.js';
import { startTarget } from './target.js';

/** Lines of many lengths, each third one on standard error too; less in all than a server keeps by default. */
const script = `
  for my $n (1..$ARGV[0]) {
    my $line = sprintf("%08d", $n) . ("." x ($n * 7919 % 1500)) . "\\n";
    syswrite(STDOUT, $line);
    syswrite(STDERR, "e$line") if $n % 3 == 0;
    select(undef, undef, undef, 0.001);
  }
  exit 7;`;
const lines = 900;

function expected(isTerminal: boolean): Readonly<Record<string, string>> {
  const hashes: Record<string, Hash> = isTerminal
    ? { pty: createHash('sha256') }
    : { stdout: createHash('sha256'), stderr: createHash('sha256') };
  for (let n = 1; n <= lines; n++) {
    const line = `${String(n).padStart(8, '0')}${'.'.repeat((n * 7919) % 1500)}${isTerminal ? '\r\n' : '\n'}`;
    (hashes['stdout'] ?? hashes['pty'])?.update(line);
    if (n % 3 === 0) (hashes['stderr'] ?? hashes['pty'])?.update(`e${line}`);
  }
  return Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.digest('hex')]));
}

/** Wakes whoever waits for the next output. */
class News {
  #next!: Promise<void>;
  #tell!: () => void;

  constructor() {
    this.tell();
  }

  get next(): Promise<void> {
    return this.#next;
  }

  tell(): void {
    this.#tell?.();
    this.#next = new Promise((resolve) => (this.#tell = resolve));
  }
}

async function readDigests(process: RemoteProcess, news: News, tally: Tally): Promise<Record<string, string>> {
  const hashes = new Map<StreamName, Hash>();
  let seq = 0;
  for await (const event of process) {
    if (event.type === 'gap') {
      tally.fault(`events ${event.fromSeq} to ${event.toSeq} are lost, and said to be`);
      seq = event.toSeq;
      continue;
    }
    if (event.seq !== ++seq) tally.fault(`event ${event.seq} came where ${seq} was due`);
    if (event.type !== 'output') continue;
    const hash = hashes.get(event.stream) ?? createHash('sha256');
    hashes.set(event.stream, hash.update(event.chunk));
    tally.add('outputBytes', event.chunk.length);
    news.tell();
  }
  return Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
}

/** Cuts the line of a process until it has ended: mostly after new output, at times before there is any. */
async function keepCutting(proxy: FaultProxy, ended: Promise<unknown>, news: News, { random }: CampaignOptions, tally: Tally) {
  const over = ended.then(() => true);
  for (let isOver = false; !isOver && !tally.isDone('cuts');) {
    const next = news.next.then(() => false);
    const cut = new Promise<boolean>((resolve) => {
      proxy.at('toClient', random.between(1, 12_000), () => {
        proxy.cut();
        tally.add('cuts');
        resolve(false);
      });
    });
    isOver = await Promise.race([cut, over]);
    if (!isOver && random.next() < 0.7) isOver = await Promise.race([next, over]);
  }
  proxy.disarm();
}

async function runProgram(client: ExecClient, proxy: FaultProxy, tty: boolean, options: CampaignOptions, tally: Tally) {
  const news = new News();
  const process = await client.processes.start({ argv: ['perl', '-e', script, String(lines)], tty });
  const digests = readDigests(process, news, tally);
  await keepCutting(proxy, digests, news, options, tally);
  const found = await digests;
  for (const [stream, digest] of Object.entries(expected(tty)))
    if (found[stream] !== digest) tally.fault(`${stream}: other bytes came than were printed`);
  const { exitCode } = await process.closed;
  if (exitCode !== 7) tally.fault(`exit code ${exitCode} in place of 7`);
  tally.add(tty ? 'programs in terminals' : 'programs on pipes');
}

/** Cuts over running output: every stream arrives whole, once and in order. */
export const cuts: Campaign = {
  counts: 'cuts',
  defaultCount: 1_000,
  async run(options) {
    const tally = new Tally(options);
    await using server = await startTarget(options.server);
    await inLanes(4, async (lane) => {
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      for (let program = lane; !tally.isDone('cuts'); program++) {
        try {
          await runProgram(client, proxy, program % 2 === 1, options, tally);
        } catch (error) {
          tally.fault(String(error));
          proxy.disarm();
          if (client.state === 'closed') return;
        }
      }
    });
    return tally.result();
  },
};
