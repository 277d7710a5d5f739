/** How long somebody who asks is let wait, and what is done for them before that. */
export const handlerTimeoutMs = 10_000;
/** Of one statement that anybody may ask for: PostgreSQL is not to work on for those who have had their answer. */
export const statementTimeoutMs = 8_000;
