package callqueue

import "presszero/call"

// match offers callers to agents until nobody waits whom a free agent serves.
func (m *Machine) match(s *call.Step) {
	for len(m.free) > 0 {
		v, a := m.next()
		if v == nil {
			return
		}
		m.offer(s, v, a)
	}
}

// next returns who is served next and by whom: of the callers at the head of
// each line, the one with the smallest key whom a free agent serves; of those
// agents, the longest idle.
func (m *Machine) next() (v *visit, a *agent) {
	for _, name := range m.names {
		head := m.lines[name].first()
		if head == nil || v != nil && v.before(head) {
			continue
		}
		if b := m.idlest(name); b != nil {
			v, a = head, b
		}
	}
	return v, a
}

// idlest returns the free agent serving the queue who has been idle longest.
func (m *Machine) idlest(queue string) *agent {
	for _, a := range m.free {
		if a.serves(queue) {
			return a
		}
	}
	return nil
}
