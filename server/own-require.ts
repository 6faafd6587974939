import { createRequire } from 'node:module';

/** Loads what is installed for this package, and its own files; also when its code has been put into a bundle elsewhere. */
export const ownRequire = createRequire(import.meta.resolve('@exec-server/server'));
