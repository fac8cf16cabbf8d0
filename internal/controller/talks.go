package controller

// talks is what agents know and write beside the voice.
type talks struct{ controller *Controller }
