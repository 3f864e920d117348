"""What carries requests: where they may go, how they get there, what proves who sends them, when they wait, what nobody may see."""
