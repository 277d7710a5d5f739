/**
 * Drizzle has every statement parsed anew, which with this driver also costs a round trip of its own and keeps
 * statements from following each other without a wait. Here each text is parsed once a connection.
 */
import type { Sql, TransactionSql } from 'postgres';

type Callback = (tx: TransactionSql) => unknown;

/** The same client, whose statements with parameters are prepared once a connection; those without have no need. */
export function preparing<Client extends Sql | TransactionSql>(client: Client): Client {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'unsafe') {
        return (text: string, parameters: never[] = [], options = {}) =>
          target.unsafe(text, parameters, { ...options, prepare: parameters.length > 0 });
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
