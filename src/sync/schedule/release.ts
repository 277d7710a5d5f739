import { ReleaseDisappearedError } from '../../errors.ts';
import type { Release } from '../../pretalx/reading.ts';
import type { StepContext } from '../context.ts';

/**
 * The latest release; null before the first.
 *
 * @throws ReleaseDisappearedError when there is none any more
 */
export async function releaseOf({
  reading,
  conference,
}: Pick<StepContext, 'reading' | 'conference'>): Promise<Release | null> {
  const release = await reading.release();
  if (release === null && conference.releasedScheduleId !== null) {
    throw new ReleaseDisappearedError(
      `Release ${conference.releasedVersion ?? ''} of "${conference.pretalxEventSlug}", which the mirror shows, is gone upstream: ` +
        'pretalx says that there is no release. Nothing of this step was written. If the event really was reset, remove the conference and add it anew.',
    );
  }
  return release;
}
