-- Everything of one Holdfast cluster is in one schema of one database. ${schema} is filled in by `holdfast schema apply`; all of an
-- application is one transaction.

CREATE SCHEMA IF NOT EXISTS ${schema};

-- Which versions of the tables have been applied.
CREATE TABLE IF NOT EXISTS ${schema}.schema_version (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
