import { type Limits, RpcError, toNativePath } from '@exec-server/protocol';
import type { CheckedParams } from '../handler.js';
import { refuseRestrictions } from '../restrictions.js';
import { composeEnvironment } from './child-environment.js';
import { type LaunchRequest, type OutputRetention, platform } from './launch.js';
import type { ProcessHost } from './process-host.js';

/**
 * The params of a start in the words of this machine. The order of the checks is that of the base.
 * @throws RpcError `invalidParams`, `sandboxNotSupported`
 */
export function toLaunchRequest(params: CheckedParams<'process/start'>, host: ProcessHost): LaunchRequest {
  const { argv, cwd, env, envPolicy, arg0, tty, size, pipeStdin, timeoutMs } = params;
  const nativeCwd = toNativePath(cwd, platform);
  if (nativeCwd === null) {
    throw new RpcError(
      'invalidParams',
      `cwd URI \`${cwd.href}\` is not valid on this exec-server host: '${cwd.href}' is invalid on '${process.platform}'`,
    );
  }
  refuseRestrictions(params);
  if (argv.length === 0) throw new RpcError('invalidParams', 'argv must not be empty');
  return {
    argv,
    cwd: nativeCwd,
    env: composeEnvironment(envPolicy ?? null, host.environment, env),
    arg0: arg0 ?? null,
    terminal: tty ? (size ?? { rows: host.limits.terminalRows, cols: host.limits.terminalCols }) : null,
    pipeStdin,
    retention: checkRetention(params, host.limits),
    creditBytes: params.creditBytes ?? null,
    timeoutMs: timeoutMs ?? null,
  };
}

function checkRetention({ retention }: CheckedParams<'process/start'>, { spilledOutputBytesPerServer: most }: Limits): OutputRetention {
  const spillBytes = retention?.spillBytes ?? null;
  if (spillBytes !== null && spillBytes > most)
    throw new RpcError('invalidParams', `retention.spillBytes must be at most ${most}, not ${spillBytes}`);
  return { spillBytes, whenFull: retention?.whenFull ?? 'pause' };
}
