/** Which talks the mirror takes in. */
import type { WireSlot, WireSubmission } from '../pretalx/wire.ts';

/** The codes that the released schedule shows. A reader who isn't told what is hidden gets visible slots only. */
export function visibleCodes(slots: Iterable<WireSlot>): Set<string> {
  const codes = new Set<string>();
  for (const slot of slots) {
    if (slot.submission !== null && slot.is_visible !== false) codes.add(slot.submission);
  }
  return codes;
}

/**
 * Accepted and confirmed talks are mirrored, and those that the released schedule shows, whatever their state: a
 * talk cancelled after a release stays on the timetable until the next one.
 *
 * @param releasedVisibleCodes see `visibleCodes`
 */
export function isMirrored(
  submission: Pick<WireSubmission, 'code' | 'state'>,
  releasedVisibleCodes: ReadonlySet<string>,
): boolean {
  return isAcceptedOrConfirmed(submission.state) || releasedVisibleCodes.has(submission.code);
}

/** Whether a talk in this state is meant to be held. */
export function isAcceptedOrConfirmed(state: string): boolean {
  return state === 'accepted' || state === 'confirmed';
}
