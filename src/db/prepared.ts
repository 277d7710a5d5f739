/**
 * Drizzle has every statement parsed anew, which with this driver also costs a round trip of its own and keeps
 * statements from following each other without a wait. Here each text is parsed once a connection.
 */
import type { Sql, TransactionSql } from 'postgres';

/**
 * A statement with more has its rows written out, and another text for each number of them: client and server would
 * keep them all, in every connection, for as long as it lasts.
 */
const mostParameters = 16;

type Callback = (tx: TransactionSql) => unknown;

/** The same client, whose statements with a few parameters are prepared once a connection; those without have no need. */
export function preparing<Client extends Sql | TransactionSql>(client: Client): Client {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'unsafe') {
        return (text: string, parameters: never[] = [], options = {}) => {
          const { length } = parameters;
          return target.unsafe(text, parameters, {
            ...options,
            prepare: length > 0 && length <= mostParameters,
          });
        };
      }
      if (name === 'begin' || name === 'savepoint') {
        const open = Reflect.get(target, name) as (...given: unknown[]) => unknown;
        return (...given: unknown[]) =>
          open(
            ...given.map((one) =>
              typeof one === 'function' ? (tx: TransactionSql) => (one as Callback)(preparing(tx)) : one,
            ),
          );
      }
      return Reflect.get(target, name);
    },
  });
}
