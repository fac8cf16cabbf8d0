package controller

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics serves what an operator's monitoring wants to know.
func (c *Controller) metrics() http.Handler {
	m := metricSet{prometheus.NewRegistry()}
	m.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c.callMetrics(m)
	c.factMetrics(m)
	c.switchMetrics(m)
	c.archives.metrics(m)
	c.finisher.metrics(m)
	return promhttp.HandlerFor(m, promhttp.HandlerOpts{})
}

// metricSet takes metrics under our name.
type metricSet struct{ *prometheus.Registry }

func (m metricSet) gauge(name, help string, value func() float64) {
	m.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "presszero", Name: name, Help: help}, value))
}

func (m metricSet) counter(name, help string, value func() int64) {
	m.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "presszero", Name: name, Help: help},
		func() float64 { return float64(value()) }))
}

// callMetrics are about callers, agents and decisions.
func (c *Controller) callMetrics(m metricSet) {
	m.gauge("callers", "Callers who are here now.", func() float64 { return float64(c.sw.Stats().Callers) })
	m.gauge("mailbox_events", "Events not decided yet.", func() float64 { return float64(c.runner.Waiting()) })
	m.gauge("agents", "Agents whose page is open.", func() float64 { return float64(len(c.hub.Present())) })
	m.counter("calls_refused_total", "Calls that were not let in.", c.refused.Load)
	m.counter("unnamed_calls_total", "Calls to a number that the flow does not name; their callers come to a person.", c.unnamed.total.Load)
	m.counter("forbidden_transitions_total", "Changes of state of an agent or a visit that are not allowed and were refused; must be 0.", c.forbidden.Load)
	m.counter("recognitions_given_up_total", "Callers who were not looked up in time, or not at all, and were taken for strangers.", c.gaveUp.Load)
}

// factMetrics are about the journal and its way to Postgres.
func (c *Controller) factMetrics(m metricSet) {
	m.gauge("journal_unshipped_bytes", "Facts that Postgres does not have yet.", func() float64 {
		behind, _ := c.shipper.Lag()
		return float64(behind)
	})
	m.gauge("journal_unsynced_bytes", "Facts that are not on disk yet.", func() float64 { return float64(c.journal.Lag()) })
	m.gauge("journal_bytes", "What the journal takes of its disk.", func() float64 { return float64(c.journal.Size()) })
	m.gauge("journal_free_bytes", "What its disk has left.", func() float64 { return float64(c.journal.Free()) })
	m.gauge("journal_disk_full", "1 while the disk is full and only what calls need is kept.", func() float64 {
		if c.journal.Full() {
			return 1
		}
		return 0
	})
	m.counter("facts_dropped_total", "Facts that were dropped because the disk was full; ends of calls never are.", c.journal.Shed)
	m.counter("facts_total", "Facts written to the journal.", c.journal.Appended)
	m.counter("facts_lost_total", "Facts that could not be kept; must be 0.", c.journal.Lost)
	m.counter("notices_sent_total", "Mails and webhooks that were taken.", c.notices.Sent)
	m.counter("notice_failures_total", "Tries to send a mail or a webhook that failed.", c.notices.Failed)
	m.counter("facts_rejected_total", "Facts that Postgres refused and that were put aside.", c.shipper.Rejected)
}

// switchMetrics are about Asterisk and the trunks.
func (c *Controller) switchMetrics(m metricSet) {
	m.gauge("switch_ready", "1 when Asterisk is connected and compared.", func() float64 {
		if c.sw.Ready() {
			return 1
		}
		return 0
	})
	m.counter("switch_events_total", "News from Asterisk.", func() int64 { return c.sw.Stats().Events })
	m.counter("switch_unknown_events_total", "News from Asterisk that was not understood.", func() int64 { return c.sw.Stats().Unknown })
	m.counter("switch_dropped_keys_total", "Keys that came faster than anybody can press them.", func() int64 { return c.sw.Stats().Dropped })
	m.counter("trunk_failures_total", "Outgoing calls that the trunk did not carry.", func() int64 { return c.trunks.failures() })
	m.gauge("trunk_trouble", "1 while the trunk refuses our calls.", func() float64 {
		if len(c.trunks.carriers.Warnings(time.Now())) > 0 {
			return 1
		}
		return 0
	})
	m.MustRegister(trunkMetrics{c.trunks})
	m.counter("switch_connects_total", "Connections made to Asterisk.", func() int64 { return c.sw.Stats().Connects })
}
