/** Headers that are a secret, in a file of their own: lines of `Name: value`. It must not know who sends them. */
import { readFileSync } from 'node:fs';
import { AgentError } from '../errors.ts';

/** A few tokens; a larger file is another one. Bytes. */
const MOST_BYTES = 16 * 1024;
/** RFC 9110 section 5.6.2 (token) and 5.5 (field value: visible characters, blanks inside). */
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/;

/**
 * By lower-case name; empty lines and lines that begin with `#` are left out, an empty `path` is an empty file.
 * Error: CONFIG_INVALID, which names the line and never what stands in it.
 */
export function readHeadersFile(path: string): Readonly<Record<string, string>> {
  if (path === '') return {};
  const lines = textOf(path).split(/\r?\n/);
  const headers = new Map<string, string>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw invalid(path, `line ${at + 1} is no "Name: value"`);
    headers.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(headers);
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES) throw invalid(path, `is larger than ${MOST_BYTES} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof AgentError || !(error instanceof Error)) throw error;
    throw invalid(path, `cannot be read: ${error.message}`, error);
  }
}

function invalid(path: string, what: string, cause?: unknown): AgentError {
  return new AgentError('CONFIG_INVALID', `The headers file ${path}: ${what}.`, { facts: { path }, cause });
}
