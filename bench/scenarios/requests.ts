import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Scenario } from '../scenario.js';
import { time } from '../scenario.js';

const total = 20_000;
const lanes = 64;

async function perSecond(job: () => Promise<unknown>): Promise<number> {
  let left = total;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await job();
  };
  const ms = await time(() => Promise.all(Array.from({ length: lanes }, lane)));
  return total / (ms / 1_000);
}

/** Small requests, 64 under way; plain Node answers JSON on a WebSocket. */
export const smallRequests: Scenario = {
  name: 'small requests, 64 at a time',
  unit: '1/s',
  better: 'higher',
  ours: (client) => perSecond(() => client.environment.status()),
  plain: async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    server.on('connection', (peer) => {
      peer.on('message', (data: Buffer) => {
        const { id } = JSON.parse(data.toString()) as { id: number };
        peer.send(JSON.stringify({ id, result: { status: 'ready' } }));
      });
    });
    await once(server, 'listening');
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
    await once(socket, 'open');
    const pending = new Map<number, () => void>();
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id: number };
      pending.get(id)?.();
      pending.delete(id);
    });
    let nextId = 0;
    const rate = await perSecond(
      () =>
        new Promise<void>((resolve) => {
          const id = nextId++;
          pending.set(id, resolve);
          socket.send(JSON.stringify({ id, method: 'environment/status', params: null }));
        }),
    );
    socket.terminate();
    server.close();
    return rate;
  },
};
