/** States of talks that a release goes on to show, and that will not be held. The effective views know them too. */
export const cancelledStates = ['canceled', 'withdrawn', 'rejected'] as const;

/** The same as a list in SQL. */
export const cancelledStatesSql = `(${cancelledStates.map((state) => `'${state}'`).join(', ')})`;
