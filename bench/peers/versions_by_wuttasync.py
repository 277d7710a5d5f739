"""Makes a version table of a mirror's talks by wuttasync, and prints how long that took, each time.

The argument is the number of imports; PEER_DATABASE says where the mirror is. Tables of the peer's own kind, with a UUID
as their key, are made beside it.
"""

import json
import logging
import os
import resource
import sys
import time
import types

import sqlalchemy as sa
import wutta_continuum.conf
from wuttjamaican.conf import make_config
from wuttjamaican.db import model

logging.disable(logging.WARNING)
columns = {
    "pretalx_code": sa.Text,
    "title": sa.Text,
    "abstract": sa.Text,
    "description": sa.Text,
    "submission_type": sa.Text,
    "track": sa.Text,
    "state": sa.Text,
    "content_hash": sa.Text,
    "duration": sa.Integer,
    "slot_start": sa.DateTime(timezone=True),
    "slot_end": sa.DateTime(timezone=True),
}
with_talks = types.ModuleType("with_talks")
sys.modules["with_talks"] = with_talks
make_versioned = wutta_continuum.conf.make_versioned


def make_versioned_with_talks(**options):
    """A table is versioned when it is defined after this call, and it is made when the configuration is read."""
    make_versioned(**options)
    model.Talk = type(
        "Talk",
        (model.Base,),
        {
            "__tablename__": "talk",
            "__versioned__": {},
            "uuid": model.uuid_column(),
            **{name: sa.Column(kind, nullable=True) for name, kind in columns.items()},
        },
    )
    with_talks.__dict__.update(model.__dict__)


wutta_continuum.conf.make_versioned = make_versioned_with_talks
database = "postgresql+psycopg://" + os.environ["PEER_DATABASE"].split("://", 1)[1]
config = make_config(
    files=[],
    defaults={
        "wutta.db.default.url": database,
        "wutta.model_spec": "with_talks",
        "wutta_continuum.enable_versioning": "true",
    },
)
engine = config.appdb_engine
config.get_app().model.Base.metadata.create_all(engine)
names = ", ".join(columns)
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    connection.execute(
        sa.text(f"insert into talk (uuid, {names}) select gen_random_uuid(), {names} from greenroom.talks")
    )
    connection.execute(sa.text("vacuum analyze talk"))

from wuttasync.importing.versions import FromWuttaToVersions  # noqa: E402

times = []
for _ in range(int(sys.argv[1])):
    handler = FromWuttaToVersions(config)
    started = time.perf_counter()
    handler.process_data("Talk")
    times.append((time.perf_counter() - started) * 1_000)
with engine.begin() as connection:
    versions = connection.execute(sa.text("select count(*) from talk_version")).scalar()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
print(json.dumps({"ms": times, "versions": versions, "peakRssMb": peak}))
