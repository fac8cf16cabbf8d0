package sipp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
	"presszero/internal/customer/internal/digit"
)

// Sound is what every caller sends from the answer on, as one stream of RTP:
// silence, the digits, then the tone, for as long as it lasts. After it the
// caller is there but says nothing.
type Sound struct {
	Wait   time.Duration // of silence before the digits
	Digits string        // 0-9, *, #, A-D; may be empty
	Tone   float64       // Hz; 0 is silence
	Last   time.Duration // of all of it: at most 10 minutes; 0: a minute
}

const (
	payloadEvent = 101
	loudness     = 8000
	longest      = 10 * time.Minute // 7 MB
)

// renderPcap renders the sound as a recording of Ethernet frames, which is the only
// thing SIPp plays with digits in it. Addresses and checksums in it do not
// matter: SIPp writes its own.
func (s Sound) renderPcap() ([]byte, error) {
	last := s.Last
	if last == 0 {
		last = time.Minute
	}
	if last < 0 || last > longest || s.Wait < 0 {
		return nil, fmt.Errorf("sipp: a sound of %v after %v: at most %v", s.Last, s.Wait, longest)
	}
	packets, err := s.packets(int(last / audio.FrameTime))
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	// Magic number, version 2.4, no time zone, whole packets, Ethernet.
	for _, field := range []any{uint32(0xA1B2C3D4), uint16(2), uint16(4), uint64(0), uint32(65535), uint32(1)} {
		write(&file, binary.LittleEndian, field)
	}
	for i, packet := range packets {
		raw, err := packet.Marshal()
		if err != nil {
			return nil, fmt.Errorf("sipp: rendering sound: %w", err)
		}
		frame(&file, time.Duration(i)*audio.FrameTime, raw)
	}
	return file.Bytes(), nil
}

func (s Sound) packets(n int) ([]*rtp.Packet, error) {
	waiting, err := s.payloads(n)
	if err != nil {
		return nil, err
	}
	packets := make([]*rtp.Packet, 0, n)
	for i, p := range waiting {
		packets = append(packets, &rtp.Packet{
			Header: rtp.Header{
				Version: 2, PayloadType: p.kind, Marker: i == 0 || p.kind == payloadEvent && p.age == 0,
				SequenceNumber: uint16(i), Timestamp: uint32((i - p.age) * audio.FrameSamples), SSRC: 0x50_5A_30_30,
			},
			Payload: p.content,
		})
	}
	return packets, nil
}

// payload is one packet's content; age is how many packets ago its key went
// down.
type payload struct {
	kind    uint8
	age     int
	content []byte
}

func (s Sound) payloads(n int) ([]payload, error) {
	quiet, tone := audio.NewTone(0, 0), audio.NewTone(s.Tone, loudness)
	all := make([]payload, 0, n)
	silence := func(packets int) {
		for range packets {
			all = append(all, payload{content: quiet.Ulaw()})
		}
	}
	silence(int(s.Wait / audio.FrameTime))
	for _, key := range s.Digits {
		event, err := digit.Event(key)
		if err != nil {
			return nil, fmt.Errorf("sipp: %w", err)
		}
		for age := range digit.Packets {
			all = append(all, payload{kind: payloadEvent, age: age, content: digit.Payload(event, age)})
		}
		silence(digit.Pause)
	}
	if len(all) > n {
		return nil, errors.New("sipp: the sound ends before its digits: let it last longer")
	}
	for len(all) < n {
		all = append(all, payload{content: tone.Ulaw()})
	}
	return all, nil
}

// frame writes a packet as it would be seen on an Ethernet: record header,
// Ethernet, IPv4, UDP.
func frame(file *bytes.Buffer, at time.Duration, packet []byte) {
	const ethernet, ip, udp = 14, 20, 8
	size := ethernet + ip + udp + len(packet)
	for _, field := range []uint32{
		uint32(at / time.Second), uint32(at % time.Second / time.Microsecond), uint32(size), uint32(size),
	} {
		write(file, binary.LittleEndian, field)
	}
	file.Write(make([]byte, 12))                  // no MAC addresses
	write(file, binary.BigEndian, uint16(0x0800)) // IPv4
	write(file, binary.BigEndian, uint16(0x4500)) // version 4, 20 bytes of header
	write(file, binary.BigEndian, uint16(size-ethernet))
	write(file, binary.BigEndian, uint32(0))        // identification, no fragments
	write(file, binary.BigEndian, uint16(64<<8|17)) // hops; UDP
	write(file, binary.BigEndian, uint16(0))        // checksum
	write(file, binary.BigEndian, uint64(0x7F000001_7F000001))
	write(file, binary.BigEndian, uint16(4000))
	write(file, binary.BigEndian, uint16(4000))
	write(file, binary.BigEndian, uint16(udp+len(packet)))
	write(file, binary.BigEndian, uint16(0)) // checksum
	file.Write(packet)
}

// write cannot fail: the buffer grows, and every value has a fixed size.
func write(file *bytes.Buffer, order binary.ByteOrder, value any) {
	_ = binary.Write(file, order, value)
}
