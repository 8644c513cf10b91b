from clinicam.camera.simulator.brush import Canvas


def draw(c: Canvas) -> None:
    c.glow((750,500),700,400,(200,150,140),alpha=1)
    c.vignette(.5); c.grain(6)
