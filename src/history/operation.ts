/** What a version says of its row: `operation_type` of every version table. */
export const OPERATION = { insert: 0, update: 1, delete: 2 } as const;
