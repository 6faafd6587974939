import { RpcError } from '@exec-server/protocol';
import type { CheckedParams } from './handler.js';

type Sandbox = CheckedParams<'process/start'>['sandbox'];
type Restrictions = Pick<CheckedParams<'process/start'>, 'sandbox' | 'networkProxy' | 'enforceManagedNetwork'>;

/**
 * Refuses every restriction that cannot be enforced here, rather than running without it. A sandbox that restricts
 * nothing is fine.
 * @throws RpcError `sandboxNotSupported`
 */
export function refuseRestrictions({ sandbox, networkProxy, enforceManagedNetwork }: Restrictions): void {
  refuseSandbox(sandbox);
  if (networkProxy !== undefined && networkProxy !== null) throw notSupported('`networkProxy` cannot be enforced on this executor');
  if (enforceManagedNetwork) throw notSupported('`enforceManagedNetwork` cannot be enforced on this executor');
}

/**
 * The same for requests whose only restriction is a sandbox.
 * @throws RpcError `sandboxNotSupported`
 */
export function refuseSandbox(sandbox: Sandbox): void {
  if (sandbox && !isUnrestricted(sandbox.permissions)) throw notSupported('filesystem sandbox cannot be enforced on this executor');
}

function isUnrestricted({ type, file_system, network }: NonNullable<Sandbox>['permissions']): boolean {
  return type === 'disabled' || (type === 'managed' && file_system?.type === 'unrestricted' && network === 'enabled');
}

function notSupported(message: string): RpcError {
  return new RpcError('sandboxNotSupported', message);
}
