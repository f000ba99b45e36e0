"""What is known beyond the scores: claims with sources, roles and skills, and recommendations with visible weights."""
