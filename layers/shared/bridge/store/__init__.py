"""What the bridge keeps: DynamoDB, Secrets Manager and SQS."""
