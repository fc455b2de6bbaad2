/**
 * Removable media as places to install from: watches the folders where the system mounts them, and says when what
 * lies there has changed and has come to rest. It mounts nothing, writes nothing, and judges no release.
 */
import type { Reporter } from '../events.ts';
import type { Clock, Media, Source } from '../ports.ts';
import { type FoundRelease, findReleases } from './find-releases.ts';
import { createFolderSource } from './folder-source.ts';

export interface MediaSettings {
  readonly folders: readonly string[];
  readonly lookIntervalMs: number;
}

/** A medium that does not answer within this time holds nothing, ms: a disk spins up in 10 s. */
const LOOK_MOST_MS = 15_000;
/** A look costs at most a fiftieth of the time. */
const REST_PER_LOOK = 50;

export class MediaFolders implements Media {
  readonly #settings: MediaSettings;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #end = new AbortController();
  /** The look under way: a second one would only wait in the same queue. */
  #look: Promise<readonly FoundRelease[]> | undefined;
  #hangs = false;

  /** `folders` are absolute, without a slash at their end. `clock`: not the walk's, for these sleeps are no step. */
  constructor(settings: MediaSettings, clock: Clock, reporter: Reporter) {
    this.#settings = settings;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /** What lies there now. */
  async sources(): Promise<readonly Source[]> {
    const found = await this.#found();
    return found.map(({ folder }) => createFolderSource(folder, { followLinks: false }));
  }

  owns(name: string): boolean {
    return this.#settings.folders.some((folder) => name === folder || name.startsWith(`${folder}/`));
  }

  /** Calls `changed` when a release has come to lie there, until the returned function is called. */
  watch(changed: () => void): () => Promise<void> {
    const watching = this.#settings.folders.length === 0 ? Promise.resolve() : this.#watch(changed);
    return async () => {
      this.#end.abort('terminate');
      await watching;
    };
  }

  async #watch(changed: () => void): Promise<void> {
    const { signal } = this.#end;
    // What lies there at the start is found by the first round.
    let told = await this.#signature();
    let before = told;
    while (!signal.aborted) {
      const began = this.#clock.monotonic();
      const now = await this.#signature();
      // Two looks that are equal: nobody copies any more.
      if (now === before && now !== told) {
        told = now;
        if (now !== '') changed();
      }
      before = now;
      const took = this.#clock.monotonic() - began;
      await this.#clock.sleep(Math.max(this.#settings.lookIntervalMs, took * REST_PER_LOOK), signal);
    }
  }

  async #signature(): Promise<string> {
    return (await this.#found()).map(({ signature }) => signature).join('\n');
  }

  /** Nothing from a medium that hangs: the daemon goes on without it. */
  async #found(): Promise<readonly FoundRelease[]> {
    this.#look ??= findReleases(this.#settings.folders).finally(() => {
      this.#look = undefined;
    });
    const done = new AbortController();
    const late = this.#clock
      .sleep(LOOK_MOST_MS, AbortSignal.any([done.signal, this.#end.signal]))
      .then(() => undefined);
    const found = await Promise.race([this.#look, late]);
    done.abort();
    this.#say(found === undefined && !this.#end.signal.aborted);
    return found ?? [];
  }

  #say(hangs: boolean): void {
    if (hangs && !this.#hangs) {
      this.#reporter.happened('medium-hangs', 'A medium does not answer; releases on media are not seen.');
    }
    this.#hangs = hangs;
  }
}
