# Between the least and the most tasks, by the use of CPU and memory.

resource "aws_appautoscaling_target" "tasks" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.cluster.name}/${aws_ecs_service.service.name}"
  min_capacity       = var.autoscaling_min
  max_capacity       = var.autoscaling_max
  tags               = var.tags
}

resource "aws_appautoscaling_policy" "tasks" {
  for_each = { cpu = { metric = "ECSServiceAverageCPUUtilization", percent = var.target_cpu_percent }, memory = { metric = "ECSServiceAverageMemoryUtilization", percent = var.target_memory_percent } }

  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.tasks.service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks.scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.percent
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}
