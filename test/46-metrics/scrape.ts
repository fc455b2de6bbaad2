/** Reads metrics as Prometheus does, and one series out of their text. */
import { request } from 'node:http';
import type { Where } from '../45-api/open-door.ts';

export interface Scraped {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export function scrape(where: Where, headers: Readonly<Record<string, string>> = {}): Promise<Scraped> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, path: '/metrics', agent: false, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** The value of one line; NaN when there is no such line. */
export function readingOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}
