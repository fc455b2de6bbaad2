/** Places into which a person puts releases, as the configuration names them: a folder in a server's stead, and media. */
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import type { Reporter } from '../events.ts';
import { namesFolder } from '../model/url-template.ts';
import type { Clock, Media, Source } from '../ports.ts';
import { watchFolder } from './folder-watch.ts';
import { MediaFolders } from './media.ts';

export interface WatchedPlaces {
  /** Undefined: none are configured. */
  readonly media: Media | undefined;
  /** Calls `changed` when something was put there, until the returned function is called. */
  watch(changed: () => void): () => Promise<void>;
}

/** `server`: what the configuration says of it. `clock`: not the walk's, for nothing here is one of its steps. */
export function watchedPlaces(
  { values }: Config,
  server: Source | undefined,
  clock: Clock,
  reporter: Reporter,
): WatchedPlaces {
  const folders = values['media.folders'].map((folder) => resolve(folder));
  const lookIntervalMs = values['media.look-interval-s'] * 1000;
  const media =
    folders.length === 0 ? undefined : new MediaFolders({ folders, lookIntervalMs }, clock, reporter);
  const isFolder = server !== undefined && namesFolder(values['server.base-urls']);
  return {
    media,
    watch: (changed) => {
      const stops = [
        ...(media === undefined ? [] : [media.watch(changed)]),
        ...(isFolder ? [watchFolder(server.name, clock, changed)] : []),
      ];
      return async () => {
        for (const stop of stops) await stop();
      };
    },
  };
}
