/** A measured figure beside what it should be, and how a bench prints a list of them. Measures nothing. */
/** Both ends of the aim count as met. */
export function isMet({ value, aim }) {
    return value >= (aim?.from ?? Number.NEGATIVE_INFINITY) && value <= (aim?.to ?? Number.POSITIVE_INFINITY);
}
export function figureRow(figure) {
    const { what, value, unit, aim } = figure;
    const mark = aim === undefined ? '' : isMet(figure) ? `  met (${aimText(aim)})` : `  MISSED (${aimText(aim)})`;
    return `${what.padEnd(72)} ${shown(value).padStart(10)} ${unit.padEnd(8)}${mark}`.trimEnd();
}
/** One row for the whole bench: how many aims are met, and the names of those that are not. */
export function summary(bench, figures) {
    const aimed = figures.filter(({ aim }) => aim !== undefined);
    const missed = aimed.filter((figure) => !isMet(figure)).map(({ what }) => what);
    const tail = missed.length === 0 ? '' : `; missed: ${missed.join('; ')}`;
    return `${bench}: ${aimed.length - missed.length} of ${aimed.length} aims met${tail}`;
}
function aimText({ from, to }) {
    if (from === undefined)
        return `at most ${shown(to ?? 0)}`;
    if (to === undefined)
        return `at least ${shown(from)}`;
    return from === to ? `exactly ${shown(from)}` : `${shown(from)} to ${shown(to)}`;
}
function shown(value) {
    if (Number.isInteger(value))
        return String(value);
    return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}
