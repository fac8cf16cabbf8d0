package controller

import (
	"github.com/prometheus/client_golang/prometheus"

	"presszero/trunk"
)

// trunkMetrics tells monitoring of each trunk.
type trunkMetrics struct{ t *trunks }

var (
	trunkRegistered = prometheus.NewDesc("presszero_trunk_registered", "1 while we are registered with the trunk; only of trunks that want a registration.", []string{"trunk"}, nil)
	trunkReachable  = prometheus.NewDesc("presszero_trunk_reachable", "1 while the trunk answers OPTIONS; only of trunks that are asked.", []string{"trunk"}, nil)
	trunkCalls      = prometheus.NewDesc("presszero_trunk_calls", "Calls that the trunk carries now, both ways.", []string{"trunk"}, nil)
	trunkChannels   = prometheus.NewDesc("presszero_trunk_channels", "Calls at once that the contract allows; 0: no limit.", []string{"trunk"}, nil)
	trunkAnswers    = prometheus.NewDesc("presszero_trunk_answers", "Answers to our calls in the last 15 minutes, by class.", []string{"trunk", "class"}, nil)
	trunkFailures   = prometheus.NewDesc("presszero_trunk_not_carried_total", "Calls of ours that the trunk did not carry.", []string{"trunk"}, nil)
)

// Describe implements prometheus.Collector.
func (m trunkMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{trunkRegistered, trunkReachable, trunkCalls, trunkChannels, trunkAnswers, trunkFailures} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m trunkMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	one := map[bool]float64{true: 1}
	book := m.t.carriers.Book()
	for _, s := range m.t.carriers.States(m.t.now()) {
		gauge(trunkCalls, float64(s.Up), s.Name)
		gauge(trunkChannels, float64(s.Channels), s.Name)
		for class, n := range s.Answers {
			gauge(trunkAnswers, float64(n), s.Name, class)
		}
		to <- prometheus.MustNewConstMetric(trunkFailures, prometheus.CounterValue, float64(s.Total), s.Name)
		standing, known := m.t.standing(s.Name)
		c := book.Trunk(s.Name)
		if !known || c == nil {
			continue
		}
		if c.SignIn == trunk.Register {
			gauge(trunkRegistered, one[standing.Registered], s.Name)
		}
		if standing.Reach == "Avail" || standing.Reach == "Unavail" {
			gauge(trunkReachable, one[standing.Reach == "Avail"], s.Name)
		}
	}
}
