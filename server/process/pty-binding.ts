import { RpcError } from '@exec-server/protocol';
import { ownRequire } from '../own-require.js';

/**
 * The native half of `node-pty` (exactly 1.2.0-beta.15, see docs/decisions). Its JavaScript half loses the tail of
 * fast programs, cuts a paused stream 200 ms after exit, spins on a full terminal and forces variables on the child,
 * so that we drive the native calls by ourselves.
 */
export interface PtyBinding {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string };
  resize(fd: number, cols: number, rows: number, pixelWidth: number, pixelHeight: number): void;
}

interface NativeModule {
  readonly dir: string;
  readonly module: PtyBinding;
}

/** The binding, and the program that macOS needs to set up a terminal. */
export interface PtySystem {
  readonly binding: PtyBinding;
  readonly helperPath: string;
}

/**
 * Loads `node-pty`, which is optional.
 * @throws RpcError `startFailed` when it is not installed or does not fit this machine
 */
export function loadPtySystem(): PtySystem {
  try {
    const { loadNativeModule } = ownRequire('node-pty/lib/utils.js') as { loadNativeModule: (name: string) => NativeModule };
    const { dir, module } = loadNativeModule('pty');
    return { binding: module, helperPath: ownRequire.resolve(`node-pty/lib/${dir}/pty.node`).replace(/pty\.node$/, 'spawn-helper') };
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new RpcError('startFailed', `terminals are not available on this executor: node-pty cannot be loaded (${cause})`);
  }
}
