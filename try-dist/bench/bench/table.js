/** Medians, and tables in Markdown, so that a run can be pasted into README.md. Measures nothing. */
export function median(values) {
    const sorted = [...values].sort((one, other) => one - other);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
/** Cells are padded, numbers to the right. */
export function markdownTable(head, rows) {
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
    const line = (cells) => `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0)).join(' | ')} |\n`;
    const rule = widths.map((width) => '-'.repeat(width));
    return line(head) + line(rule) + rows.map(line).join('');
}
function pad(cell, width) {
    return /^[\d.<]/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
}
/** Decimal megabytes. */
export const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1);
export const seconds = (value) => value.toFixed(2);
