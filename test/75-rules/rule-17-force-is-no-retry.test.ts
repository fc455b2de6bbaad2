/** Rules 12 and 17: force beside the agent waives age, not that the release failed here before. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RequestVerb } from '../../agent/index.ts';
import { openStories, type Stories, type Story } from './stories.ts';

/** The release is tried and rolled back in boots 1 to 3; then somebody asks. */
const ASKED_IN_BOOT = 4;

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

function afterItFailed(verb: RequestVerb): Promise<Story> {
  const { broken } = stories;
  return stories.tell({
    release: broken,
    runs: 2,
    alter: (parts, boot) => {
      if (boot === ASKED_IN_BOOT) parts.device.store.addRequest(verb, broken.published);
      return parts;
    },
  });
}

it('force alone is refused, and nothing is written', async () => {
  const { deeds, said } = await afterItFailed('force');
  const later = deeds.slice(deeds.indexOf(`boot ${ASKED_IN_BOOT} in slot a`));
  expect(said).toContain('walk-ended: RELEASE_FAILED_BEFORE');
  expect(later.filter((deed) => /^boot |boot control|_b: /.test(deed))).toEqual(['boot 4 in slot a']);
});

it('force with retry tries it again', async () => {
  const { deeds } = await afterItFailed('force-retry');
  expect(deeds).toContain('boot 5 in slot b');
});
