/** The last lines of the log, kept in memory for an archive that is made later. It must not know who writes them. */

/** About a day of a quiet agent, or one whole update; characters. */
const MOST_CHARACTERS = 65_536;

export class LogRing {
  readonly #lines: string[] = [];
  #characters = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length + 1;
    while (this.#characters > MOST_CHARACTERS) this.#characters -= (this.#lines.shift()?.length ?? 0) + 1;
  }

  /** Oldest first, each line with its end. */
  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}
