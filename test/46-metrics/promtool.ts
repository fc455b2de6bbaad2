/** Prometheus' own judge of metrics and rules, where it is installed. */
import { spawn } from 'node:child_process';
import { hasTool } from '../20-bootctl/real-tool.ts';

export const HAS_PROMTOOL = hasTool('promtool', 'prometheus');

/** What it prints, and how it ends. `input` is what it reads. */
export function promtool(
  words: readonly string[],
  input = '',
): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('promtool', [...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, said: Buffer.concat(pieces).toString('utf8') }));
    child.stdin.end(input);
  });
}
