package sql

import (
	"context"
	stdsql "database/sql"
	"errors"

	"presszero/report"
)

// ErrNoFlow says that no flow of this version was ever served.
var ErrNoFlow = errors.New("there is no such version of the flow")

// KeepFlow writes down that a flow is served from now on. The one that is
// served already, as after a restart, is not written down again.
func (db *DB) KeepFlow(ctx context.Context, version, by, text string) (err error) {
	defer wrapError(&err, "KeepFlow(%q)", version)
	_, err = db.writer.ExecContext(ctx, `INSERT INTO flow_version (version, published_by, text) SELECT $1, $2, $3
		WHERE $1 IS DISTINCT FROM (SELECT version FROM flow_version ORDER BY id DESC LIMIT 1)`, version, by, text)
	return err
}

// FlowVersions lists what was served, the newest first.
func (db *DB) FlowVersions(ctx context.Context, limit int) (list []report.FlowVersion, err error) {
	defer wrapError(&err, "FlowVersions")
	list = []report.FlowVersion{}
	err = db.reports.SelectContext(ctx, &list,
		`SELECT version, published_at, published_by FROM flow_version ORDER BY id DESC LIMIT $1`, limit)
	return list, err
}

// FlowText returns the file of a version, or ErrNoFlow.
func (db *DB) FlowText(ctx context.Context, version string) (text string, err error) {
	defer wrapError(&err, "FlowText(%q)", version)
	err = db.reports.GetContext(ctx, &text, `SELECT text FROM flow_version WHERE version = $1 ORDER BY id DESC LIMIT 1`, version)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoFlow
	}
	return text, err
}
