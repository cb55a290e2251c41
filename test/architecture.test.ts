/**
 * The house stands as docs/architecture.md draws it: who may import whom, folders are entered by their door, no two
 * files import each other in a circle, and no secret vocabulary (any, enum, default exports) creeps in. Project
 * references already make a forbidden folder a build error; this test says which file and why, and that it really read
 * the tree.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bgp: [],
  fsm: ['bgp'],
  rib: ['bgp'],
  config: ['bgp'],
  'route-reflector': ['bgp', 'rib'],
  src: ['bgp', 'fsm', 'rib', 'config', 'route-reflector'],
};
const FOLDERS = Object.keys(MAY_IMPORT);
/** Packages and built-in modules that a pure folder may use. */
/** What a file uses of the outside world on purpose: hashes start anywhere, so that nobody can aim at one slot. */
const ON_PURPOSE: Readonly<Record<string, string>> = { 'rib/storage/hash-index.ts': 'Math.random' };
const PURE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  config: ['ip-address', 'netmask', 'node:crypto', 'node:module', 'yaml'],
};

/** `import ... from 'x'`, `import 'x'`, `export ... from 'x'`, over several lines. */
const IMPORT = /^(?:import\s+(?:[^'";]*?\sfrom\s+)?|export\s+[^'";=()]*?\sfrom\s+)['"]([^'"]+)['"]/gm;

/** `createRequire(import.meta.url)('x')`, also by the name `load`: a package for when it is needed. */
const LOADED = /\b(?:createRequire\(import\.meta\.url\)|load)\('([^']+)'\)/g;

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly target: string | undefined }[];
}

function read(): SourceFile[] {
  const files: SourceFile[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.ts')) {
        const text = readFileSync(join(ROOT, path), 'utf8');
        const imports = [...text.matchAll(IMPORT), ...text.matchAll(LOADED)].map((match) => {
          const specifier = match[1]!;
          const target = specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), specifier)) : undefined;
          return { specifier, target };
        });
        files.push({ path, folder: path.split('/')[0]!, text, imports });
      }
    }
  };
  for (const folder of FOLDERS) walk(folder);
  return files;
}

const files = read();

it('reads the whole tree', () => {
  assert.ok(files.length > 100, `${files.length} files`);
  for (const folder of FOLDERS)
    assert.ok(
      files.some((file) => file.folder === folder),
      folder,
    );
  assert.ok(files.flatMap((file) => file.imports).length > 300);
});

it('imports only downwards, and other folders only by their door', () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const { specifier, target } of file.imports) {
      if (target === undefined) continue;
      const folder = target.split('/')[0]!;
      if (folder === file.folder) continue;
      if (!MAY_IMPORT[file.folder]!.includes(folder)) wrong.push(`${file.path} may not import ${specifier}`);
      else if (target !== `${folder}/index.ts`)
        wrong.push(`${file.path} enters ${folder} by ${target}, not by its door`);
    }
  }
  assert.deepEqual(wrong, []);
});

it('keeps the pure folders free of the outside world', () => {
  const wrong: string[] = [];
  for (const file of files) {
    if (file.folder === 'src' || file.path.startsWith('config/datastore/store/')) continue;
    for (const { specifier, target } of file.imports) {
      if (target !== undefined || PURE_PACKAGES[file.folder]?.includes(specifier)) continue;
      wrong.push(`${file.path} imports ${specifier}`);
    }
    const outside =
      /\b(?:Date\.now|performance\.now|Math\.random|process\.|setTimeout|setInterval|setImmediate)\b/.exec(
        withoutComments(file.text),
      );
    if (outside !== null && ON_PURPOSE[file.path] !== outside[0]) wrong.push(`${file.path} uses ${outside[0]}`);
  }
  assert.deepEqual(wrong, []);
});

it('has no circle of files', () => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const stack: string[] = [];
  const circles: string[] = [];
  const visit = (path: string): void => {
    if (done.has(path)) return;
    const at = stack.indexOf(path);
    if (at >= 0) {
      circles.push([...stack.slice(at), path].join(' -> '));
      return;
    }
    stack.push(path);
    for (const { target } of byPath.get(path)?.imports ?? [])
      if (target !== undefined && byPath.has(target)) visit(target);
    stack.pop();
    done.add(path);
  };
  for (const file of files) visit(file.path);
  assert.deepEqual(circles, []);
});

it('keeps to the house rules that a machine can see', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const code = withoutComments(file.text);
    if (/\bexport default\b/.test(code)) wrong.push(`${file.path}: default export`);
    if (/^\s*(?:export )?(?:const )?enum\b/m.test(code)) wrong.push(`${file.path}: enum`);
    if (/(?::|<|as) ?any\b(?!\w)/.test(code.replace(/(['"`])(?:\\.|(?!\1).)*\1/g, ''))) wrong.push(`${file.path}: any`);
    if (
      !file.text
        .split('\n')
        .slice(0, 40)
        .some((line) => /^\/\*\*|^\/\/ /.test(line))
    )
      wrong.push(`${file.path}: no word on why it exists`);
    if (file.path.endsWith('/index.ts') && file.path !== `${file.folder}/index.ts`)
      wrong.push(`${file.path}: barrel inside`);
  }
  assert.deepEqual(wrong, []);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
