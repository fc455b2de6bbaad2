/** Results go to stdout: one JSON object with `--json`, lines for people else. Errors go to stderr. */
/** Where the verbs' results go. */
export function printResult(json, value, lines) {
    process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}
/** Columns padded to their widest cell; the first row is the head. */
export function table(rows) {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    return rows.map((row) => row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd());
}
/** Bytes as a person reads them. */
export function megabytes(bytes) {
    return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
