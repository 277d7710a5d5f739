/** The listings of an event, as pretalx' endpoints have them. The largest page is asked for, what comes is trusted. */
import type { ListingSource } from './page-reader.ts';
import type { Release } from './programme-reading.ts';
import {
  hideableKeys,
  type WireRoom,
  type WireSlot,
  type WireSpeaker,
  type WireSubmission,
  type WireSubmissionType,
  type WireTag,
  type WireTrack,
  wireRoom,
  wireSlot,
  wireSpeaker,
  wireSubmission,
  wireSubmissionType,
  wireTag,
  wireTrack,
} from './wire.ts';

const largestPage = 'page_size=250';
const byId = (item: { id: number }) => item.id;
const byCode = (item: { code: string }) => item.code;

/** Rooms alone know no pages, only limit and offset. */
export const roomSource: ListingSource<WireRoom> = {
  name: 'rooms/',
  query: 'limit=250&offset=0',
  item: wireRoom,
  keyOf: byId,
};
export const speakerSource: ListingSource<WireSpeaker> = {
  name: 'speakers/',
  query: largestPage,
  item: wireSpeaker,
  keyOf: byCode,
  hideable: hideableKeys.speakers,
};
export const submissionSource: ListingSource<WireSubmission> = {
  name: 'submissions/',
  query: largestPage,
  item: wireSubmission,
  keyOf: byCode,
  hideable: hideableKeys.submissions,
  // Talks need the slots, and are written after speakers: whatever else is wanted comes first.
  priority: -1,
};
export const submissionTypeSource: ListingSource<WireSubmissionType> = {
  name: 'submission-types/',
  query: largestPage,
  item: wireSubmissionType,
  keyOf: byId,
};
export const trackSource: ListingSource<WireTrack> = {
  name: 'tracks/',
  query: largestPage,
  item: wireTrack,
  keyOf: byId,
};
export const tagSource: ListingSource<WireTag> = {
  name: 'tags/',
  query: largestPage,
  item: wireTag,
  keyOf: byId,
};

/** Always of one release: unfiltered slots are those of whatever is released at the moment of each page. */
export const slotSource = (release: Release): ListingSource<WireSlot> => ({
  name: 'slots/',
  query: `${largestPage}&schedule=${release.id}`,
  item: wireSlot,
  keyOf: byId,
});
