"""Orders about a bill on the rail: asked and approved by people, carried out elsewhere."""
