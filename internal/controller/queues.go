package controller

import (
	"presszero/callqueue"
	"presszero/ivr"
)

// LineSettings are a flow's queues as the line takes them.
func LineSettings(flow *ivr.Flow) []callqueue.Settings {
	var queues []callqueue.Settings
	for _, q := range flow.Queues {
		queues = append(queues, q.QueueSettings)
	}
	return queues
}
