"""The result page of one person: content as plain data, then HTML, JSON, badge and statement."""
