/** Imports go one way: cli, http, workers → queue → sync → (pretalx, programme, history, db) → (config, errors). */
const layer = (name, from, forbidden) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: forbidden, pathNot: from },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'src-knows-no-tests',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'programme-is-pure',
      severity: 'error',
      from: { path: '^src/programme/' },
      to: {
        path: '^(src/(?!programme/)|workers/)',
        dependencyTypesNot: ['type-only'],
        pathNot: '^src/(errors|config-profiles)',
      },
    },
    layer(
      'base-imports-nothing',
      '^src/(errors|config|log|lean-drizzle|lean-heap)',
      '^(src|workers)/(?!(errors|config|log|duration))',
    ),
    layer(
      'db-below-all',
      '^src/db/',
      '^(src/(pretalx|sync|runs|queue|http|cli|export|demo|conferences|decisions|history)|workers)/',
    ),
    layer(
      'pretalx-below-sync',
      '^src/pretalx/',
      '^(src/(db|sync|runs|queue|http|cli|export|history|demo|conferences|decisions)|workers)/',
    ),
    layer('history-below-sync', '^src/history/', '^(src/(pretalx|sync|queue|http|cli|demo)|workers)/'),
    layer('sync-below-queue', '^src/sync/', '^(src/(queue|http|cli|demo|export)|workers)/'),
    layer('queue-below-entrances', '^src/queue/', '^(src/(http|cli|demo)|workers)/'),
    layer('notify-beside-queue', '^src/(notify|webhooks)/', '^(src/(http|cli|demo)|workers)/'),
    layer('http-beside-cli', '^src/http/', '^(src/(cli|demo)|workers)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
