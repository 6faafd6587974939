import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { Step } from './file-account.js';

const names = [
  'f',
  'l',
  'dangling',
  'loop',
  'd',
  'ld',
  'ld/e/x',
  'pipe',
  'none',
  'f/x',
  'pipe/x',
  'loop/x',
  'd/../f',
  'd/',
  'f/',
  'l/',
  'ld/',
  '%C3%BC%20%25',
  'x'.repeat(300),
];
const follow = [{}, { followSymlinks: null }, { followSymlinks: false }, { followSymlinks: true }];

/** One request about each of these paths, with each of these further members. */
function about(method: string, paths: readonly string[], more: readonly object[] = [{}]): Step[] {
  return more.flatMap((members) => paths.map((name): Step => [method, { path: `~/${name}`, ...members }]));
}

const walkAll = { maxDepth: 64, maxDirectories: 100, maxEntries: 1_000, followDirectorySymlinks: false };
const walk = (path: string, options: object = {}): Step => ['fs/walk', { path, options: { ...walkAll, ...options } }];
const copy = (from: string, to: string, recursive: boolean): Step => [
  'fs/copy',
  { sourcePath: `~/${from}`, destinationPath: `~/${to}`, recursive },
];
const data = Buffer.from('written').toString('base64');
const sandbox = (permissions: object): object => ({ path: '~/f', sandbox: { permissions, windowsSandboxLevel: 'disabled' } });

/** What both say alike. */
export const alike: Readonly<Record<string, readonly Step[]>> = {
  paths: [
    'file:///',
    'file:',
    'FILE:///',
    'file:/',
    'file://LOCALHOST/',
    'file:///none/../',
    'file:////',
    'file:///none%2Fx',
    'file:///none\\x',
    'file:///no ne',
    'file:///nöne',
    'file:///%zz',
    'file:///CC:/x',
    '/tmp',
    'tmp',
    '',
    'C:\\x',
    'http://x/y',
    'file:///x?',
    'file:///x?a',
    'file:///x#',
    'file:///x#b',
    'file:///C:/x',
    'file:///C:',
    'file://host/x',
    'file://127.0.0.1/x',
    'file://[::1]/x',
    'file:///a%00b',
    'file:///tmp/../C:/x',
  ].map((path): Step => ['fs/getMetadata', { path }]),
  params: [
    ['fs/readFile', {}],
    ['fs/copy', { sourcePath: '~/f', destinationPath: '~/n' }],
    ['fs/walk', { path: '~/d' }],
    ['fs/readBlock', { handleId: 'h', offset: -1, len: 1 }],
    ['fs/watchMissing', { watchId: 1 }],
  ],
  'fs/readFile': [
    ...about('fs/readFile', names, follow),
    ['fs/readFile', { path: 'file:///dev/null' }],
    ['fs/readFile', { path: 'file:///proc/self/mounts/x' }],
    ['fs/readFile', sandbox({ type: 'disabled' })],
  ],
  'fs/writeFile': [
    ...about(
      'fs/writeFile',
      ['new', 'f', 'l', 'ld/new', 'd', 'f/x', 'loop', 'none/x', 'f/', 'x'.repeat(300)],
      follow.map((more) => ({ ...more, dataBase64: data })),
    ),
    ...['!', 'eA', 'eA=', 'eB==', 'e A==', '-_==', ''].map((dataBase64): Step => ['fs/writeFile', { path: '~/g', dataBase64 }]),
    ['fs/writeFile', { path: '~/dangling', dataBase64: data, followSymlinks: false }],
    ['fs/writeFile', { path: '~/dangling', dataBase64: data }],
  ],
  'fs/createDirectory': [
    ...about('fs/createDirectory', ['d', 'd/', 'ld', 'ld/new', 'new/and/deep/', 'f', 'l', 'f/x', 'dangling', 'loop', 'pipe'], follow),
    ...about(
      'fs/createDirectory',
      ['d', 'ld', 'ld/new2', 'none/x', 'f', 'f/x', 'dangling', 'new2'],
      [{ recursive: false }, { recursive: false, followSymlinks: false }],
    ),
  ],
  'fs/getMetadata': about('fs/getMetadata', names, follow),
  'fs/canonicalize and fs/readDirectory': [
    ...about('fs/canonicalize', [...names, 'ld/e', 'd/lf']),
    ...about('fs/readDirectory', [...names, 'ld/e', 'walk/z']),
  ],
  'fs/walk': [
    ...['walk', 'walk/la', 'walk/.h', 'walk/B', 'pipe', 'none', 'f/x', 'loop', 'dangling'].flatMap((name) =>
      [false, true].map((followDirectorySymlinks) => walk(`~/${name}`, { followDirectorySymlinks })),
    ),
    ...[false, true].flatMap((followDirectorySymlinks) => [
      walk('~/walk', { pruneHiddenDirectories: true, followDirectorySymlinks }),
      ...[0, 1, 2].map((maxDepth) => walk('~/walk', { maxDepth, followDirectorySymlinks })),
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((maxDirectories) => walk('~/walk', { maxDirectories, followDirectorySymlinks })),
    ]),
    ...[1, 2, 3].map((maxEntries) => walk('~/walk', { maxEntries })),
    ...[{ maxDepth: 65 }, { maxDirectories: 10_001 }, { maxEntries: 50_001 }, { maxEntries: 0 }, { maxDirectories: 0, maxDepth: 99 }].map(
      (options) => walk('~/none', options),
    ),
  ],
  'fs/remove, as it is by default': about('fs/remove', ['l', 'none', 'f/x', 'd', 'pipe', 'ld', 'f/', 'dangling', 'loop']),
  'fs/remove, as asked for': [
    ...about('fs/remove', ['none', 'f/x'], [{ force: false }]),
    ...about('fs/remove', ['d', 'empty', 'ld/', 'pipe', 'f'], [{ recursive: false }]),
    ...about(
      'fs/remove',
      ['l', 'g', 'none', 'loop/x', 'd'],
      [
        { followSymlinks: false },
        { followSymlinks: false, recursive: true },
        { followSymlinks: false, recursive: false },
        { followSymlinks: false, recursive: false, force: false },
      ],
    ),
  ],
  'fs/copy of files and links': [
    copy('f', 'n', false),
    copy('f', 'g', true),
    copy('l', 'nl', false),
    copy('dangling', 'nd', true),
    copy('l', 'g', false),
    copy('ld', 'nld', true),
    copy('f', 'nl', false),
    copy('f', 'empty', false),
    copy('none', 'x', false),
    copy('f', 'none/x', false),
    copy('pipe', 'x', true),
    copy('f/x', 'x', true),
    copy('loop', 'nloop', false),
  ],
  'fs/copy of directories': [
    (path) => rmSync(path('d/e'), { recursive: true }),
    copy('d', 'n', false),
    copy('d', 'none/n', true),
    copy('d', 'd/.h/new', true),
    copy('d', 'd', true),
    copy('d', 'ld', true),
    copy('d', 'ld/new', true),
    copy('d', 'f', true),
    copy('d', 'dst', true),
    copy('d', 'dst', true),
    copy('d/.h', 'd', true),
    copy('empty', 'ld/empty', true),
  ],
  'file handles': [
    ...['d', 'pipe', 'none', 'f/x', 'loop'].flatMap((name) =>
      ['read', 'replace']
        .filter((mode) => mode === 'read' || !['none', 'pipe'].includes(name))
        .map((mode): Step => ['fs/open', { handleId: 'x', path: `~/${name}`, mode }]),
    ),
    ['fs/open', { handleId: 'h', path: '~/f' }],
    ['fs/open', { handleId: 'h', path: '~/g' }],
    ['fs/open', { handleId: 'x'.repeat(33), path: '~/g' }],
    ['fs/open', { handleId: '', path: '~/l', mode: 'read' }],
    ...[
      [0, 12],
      [0, 5],
      [5, 7],
      [12, 1],
      [3, 1_048_576],
      [0, 0],
      [0, 1_048_577],
      [99, 3],
    ].map(([offset, len]): Step => ['fs/readBlock', { handleId: 'h', offset, len }]),
    ['fs/readBlock', { handleId: 'none', offset: 0, len: 1 }],
    ['fs/writeBlock', { handleId: 'h', offset: 0, chunk: data }],
    ['fs/readBlock', { handleId: 'h', offset: 0, len: 1 }],
    ['fs/open', { handleId: 'w', path: '~/g', mode: 'replace' }],
    ['fs/writeBlock', { handleId: 'w', offset: 3, chunk: data }],
    ['fs/writeBlock', { handleId: 'w', offset: 0, chunk: data }],
    ['fs/writeBlock', { handleId: 'w', offset: 0, chunk: '' }],
    ['fs/writeBlock', { handleId: 'w', offset: 0, chunk: '!' }],
    ['fs/readBlock', { handleId: 'w', offset: 0, len: 1 }],
    ['fs/writeBlock', { handleId: 'w', offset: 0, chunk: data }],
    ['fs/open', { handleId: 'h', path: '~/f' }],
    ['fs/readBlock', { handleId: 'h', offset: 9_223_372_036_854_775_808, len: 1 }],
    ['fs/readBlock', { handleId: 'h', offset: 0, len: 1 }],
    ['fs/close', { handleId: 'h' }],
    ['fs/close', { handleId: '' }],
    ['fs/close', { handleId: 'never' }],
    ...Array.from({ length: 130 }, (_, at): Step => ['fs/open', { handleId: `many${at}`, path: '~/f' }]),
  ],
  'fs/watchMissing': [
    ...[[], ['d/none'], ['d/e'], ['d/none', 'f'], ['dangling'], ['f/x'], ['ld/none'], ['loop/x'], ['none/at/all']].map(
      (missing, at): Step => ['fs/watchMissing', { watchId: at + 1, missing: missing.map((name) => `~/${name}`) }],
    ),
    ...['f', 'd', 'none', 'l'].map((present, at): Step => [
      'fs/watchMissing',
      { watchId: at + 20, missing: ['~/d/none'], present: `~/${present}` },
    ]),
    ['fs/watchMissing', { watchId: 23, missing: ['~/d/none'] }],
    ['fs/watchMissing', { watchId: 22, missing: ['~/d/none'] }],
    ['fs/watchMissing', { watchId: 24, missing: Array.from({ length: 65 }, (_, at) => `~/q${at}`) }],
    ['fs/watchMissing', { watchId: 25, missing: Array.from({ length: 64 }, (_, at) => `~/q${at}`) }],
    ['fs/watchMissing', { watchId: 26, missing: ['file://host/x'] }],
    ['fs/watchMissing', { watchId: 27, missing: ['/x'] }],
  ],
  'the environment': [
    ['environment/status', null],
    ['environment/status', {}],
    ['environment/status', { x: 1 }],
    ['environment/info', { x: 1 }],
    ['environmentConfig/read', { cwd: '~/', configPaths: [], requirementsPaths: [] }],
    ['environmentConfig/read', { cwd: '~/', configPaths: [[]], requirementsPaths: [] }],
    ['environmentConfig/read', { cwd: 'file://host/x', configPaths: [['a']], requirementsPaths: [] }],
    ['environmentConfig/read', { cwd: '~/', configPaths: [['a']] }],
  ],
};

/** What they say differently on purpose: see docs/differences.md. */
export const different: Readonly<Record<string, { readonly steps: readonly Step[]; readonly ours: string; readonly theirs: string }>> = {
  'a file copied onto itself is not emptied': {
    steps: [copy('f', 'hard', false), ['fs/readBlock', {}], ['fs/readFile', { path: '~/f' }]],
    ours: `dataBase64: '${Buffer.from('content of f').toString('base64')}'`,
    theirs: "dataBase64: ''",
  },
  'a copied directory keeps its mode': {
    steps: [(path) => execFileSync('chmod', ['700', path('d/e')]), copy('d', 'n', true)],
    ours: 'n/e/ 700',
    theirs: 'n/e/ 755',
  },
  'a file can be opened to be written on': {
    steps: [['fs/open', { handleId: 'h', path: '~/f', mode: 'update' }]],
    ours: "=> { handleId: 'h' }",
    theirs: '=> -32602 unknown variant `update`, expected `read` or `replace`',
  },
  'names that are no UTF-8 are walked': {
    steps: [(path) => mkdirSync(Buffer.from(`${path('walk/z')}/\xff`, 'latin1')), walk('~/walk/z')],
    ours: "path: 'file://ROOT/walk/z/%FF', kind: 'directory'".replace(/(path: .*), (kind: .*)/, '$2, $1'),
    theirs: "message: 'No such file or directory (os error 2)', path: 'file://ROOT/walk/z/%EF%BF%BD'",
  },
  'only what is returned counts as an entry of a walk': {
    steps: [walk('~/walk', { maxEntries: 5 })],
    ours: '/walk/.h/i',
    theirs: "path: 'file://ROOT/walk/a' } ], errors: [], truncated: true",
  },
};
