// Package customer is a telephone customer made of software: it dials by SIP,
// speaks with a tone or a voice, presses digits, listens, and says afterwards
// exactly when it heard what. The program's test call, its latency
// measurements and the end-to-end tests are all made of such customers.
//
//	Phone  one UDP socket for SIP, any number of calls
//	  │
//	  └─ Call   one conversation, one UDP socket for RTP
//	       ├─ mouth   a frame every 20 ms, whatever happens: tone, voice,
//	       │          silence, or a digit (RFC 4733)
//	       └─ ear     remembers every packet with its arrival time;
//	                  every question is a search in that memory
//
// Sound is G.711 μ-law in both directions, digits are telephone events. A
// Phone can be rung as well (OnCall), which callbacks need.
//
//	call, err := customer.Dial(ctx, customer.Options{
//		To: "100", Server: "127.0.0.1:5060", From: "+34600000001", Tone: 440,
//	})
//	...
//	pressed, err := call.Press(ctx, '0')
//	heard, err := call.WaitTone(ctx, 1000) // the agent's tone
//	fmt.Println("heard a person after", heard.Sub(pressed))
//
// Where to look:
//
//	call        one conversation: press, wait for a tone, hang up
//	dial, ring  calls that go out and come in, until they are answered
//	phone       the SIP socket and the dialogs on it
//	line        a call's RTP socket; ear receives on it, mouth sends
//	sdp, srtp   the description of the media, and its encryption
package customer
