/** `npm run bench:mcu`: the figures of the MCU link, each beside its aim; the last line is the summary. */
import { type Figure, figureRow, summary } from './figure.ts';
import { frameFigures } from './mcu-frames.ts';
import { transferFigures } from './mcu-transfer.ts';

const figures: Figure[] = [];
for await (const figure of bothOf()) {
  figures.push(figure);
  process.stdout.write(`${figureRow(figure)}\n`);
}
process.stdout.write(`${summary('bench:mcu', figures)}\n`);

async function* bothOf(): AsyncGenerator<Figure> {
  yield* frameFigures();
  yield* transferFigures();
}
