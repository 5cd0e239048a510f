"""What runs the bridge on one machine: stand-ins for both vendors, the demo and its plumbing."""
