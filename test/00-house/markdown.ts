/** Markdown tables, and pages of which a program writes the tables. It knows no table's content. */

/** Lines of an aligned table. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}

/** `code` in a cell. */
export function code(text: string): string {
  return `\`${text}\``;
}

/**
 * The page with what stands between `<!-- table: NAME -->` and `<!-- end -->` written anew. A table without
 * its place on the page, and a place without its table, are errors.
 */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  const placed = new Set<string>();
  const written = page.replaceAll(
    /(<!-- table: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`nobody writes the table ${name}`);
      placed.add(name);
      return `${begin}\n${table}\n\n${end}`;
    },
  );
  const homeless = Object.keys(tables).filter((name) => !placed.has(name));
  if (homeless.length > 0) throw new Error(`the page has no place for ${homeless.join(', ')}`);
  return written;
}
