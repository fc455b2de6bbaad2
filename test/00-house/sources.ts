/** The project's own source files as text, for tests about the house itself. It knows no rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** The rooms that the arrows of the design speak of. */
export const ROOMS = ['agent', 'bootctl', 'cli', 'fixtures', 'format', 'mcu-bridge', 'release'] as const;
export type Room = (typeof ROOMS)[number];

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file under a folder of the project. */
export function sourcesIn(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const absolute = join(entry.parentPath, entry.name);
      return { path: relative(ROOT, absolute), text: readFileSync(absolute, 'utf8') };
    });
}

export interface ImportLine {
  readonly from: string;
  /** As it is written: `node:fs`, `got`, `../format/index.ts`. */
  readonly to: string;
  /** `import type`, `export type` or a type in the middle of a line: gone when the program runs. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when it is needed. */
  readonly lazy: boolean;
}

/** `import x from`, `export x from`, `import 'x'`, over as many lines as they take. */
const STATIC = /^[ \t]*(?:import|export)\b(?<what>[^'"();=]*?\bfrom)?\s*['"](?<to>[^'"]+)['"]/gm;
/** `import('x')`, `require('x')`, `typeof import('x')`. */
const DYNAMIC = /(?<type>typeof\s+)?\b(?:import|require)\s*\(\s*['"](?<to>[^'"]+)['"]/g;

/** The import lines of one file, static and dynamic; what stands in comments does not count. */
export function importsOf({ path, text }: SourceFile): readonly ImportLine[] {
  const code = withoutComments(text);
  const lines: ImportLine[] = [];
  for (const { groups } of code.matchAll(STATIC)) {
    const typeOnly = /^\s*type\b/.test(groups?.['what'] ?? '');
    lines.push({ from: path, to: groups?.['to'] ?? '', typeOnly, lazy: false });
  }
  for (const { groups } of code.matchAll(DYNAMIC)) {
    lines.push({
      from: path,
      to: groups?.['to'] ?? '',
      typeOnly: groups?.['type'] !== undefined,
      lazy: true,
    });
  }
  return lines;
}

/** The code alone; strings that look like comments do not occur. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?:^|\s)\/\/.*$/gm, '');
}
