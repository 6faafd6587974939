import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecClient } from '@exec-server/client';
import { count, type Scenario, time, timeEach } from '../scenario.js';

const MiB = 1024 * 1024;
const bytes = 256 * MiB;
const block = Buffer.alloc(MiB, 'content of a file ');

/** Runs `work` with the path of a file of so many bytes; returns what it returns. */
async function withFile<Result>(size: number, work: (path: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'exec-server-bench-'));
  try {
    const path = join(directory, 'file');
    writeFileSync(path, Buffer.alloc(size, block));
    return await work(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const perSecond = (ms: number): number => bytes / 1e6 / (ms / 1_000);

/** A large file, to its end. */
export const fileRead: Scenario = {
  name: 'files, read in blocks',
  unit: 'MB/s',
  better: 'higher',
  ours: ({ fs }: ExecClient) => withFile(bytes, async (path) => perSecond(await time(() => count(fs.createReadStream(path))))),
  plain: () => withFile(bytes, async (path) => perSecond(await time(() => count(createReadStream(path, { highWaterMark: MiB }))))),
};

/** A large file, from its beginning. */
export const fileWrite: Scenario = {
  name: 'files, written in blocks',
  unit: 'MB/s',
  better: 'higher',
  ours: ({ fs }: ExecClient) =>
    withFile(0, async (path) => {
      const writer = fs.createWriteStream(path).getWriter();
      const ms = await time(async () => {
        for (let at = 0; at < bytes; at += MiB) await writer.write(block);
        await writer.close();
      });
      return perSecond(ms);
    }),
  plain: () =>
    withFile(0, async (path) => {
      await using file = await open(path, 'w');
      const ms = await time(async () => {
        for (let at = 0; at < bytes; at += MiB) await file.write(block);
      });
      return perSecond(ms);
    }),
};

/** Small files one after the other. */
export const smallFiles: Scenario = {
  name: 'files, small, read',
  unit: 'ms',
  better: 'lower',
  ours: ({ fs }: ExecClient) => withFile(1_000, (path) => timeEach(500, () => fs.readFile(path))),
  plain: () => withFile(1_000, (path) => timeEach(500, () => readFile(path))),
};
