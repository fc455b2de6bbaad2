/** `npm run bench:mcu`: the figures of the MCU link, each beside its aim; the last line is the summary. */
import { figureRow, summary } from './figure.js';
import { frameFigures } from './mcu-frames.js';
import { transferFigures } from './mcu-transfer.js';
const figures = [];
for await (const figure of bothOf()) {
    figures.push(figure);
    process.stdout.write(`${figureRow(figure)}\n`);
}
process.stdout.write(`${summary('bench:mcu', figures)}\n`);
async function* bothOf() {
    yield* frameFigures();
    yield* transferFigures();
}
